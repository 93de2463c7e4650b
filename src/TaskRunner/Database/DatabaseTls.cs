namespace TaskRunner.Database;

/// <summary>How far a connection to PostgreSQL is encrypted and its server verified: the values of <c>sslmode</c>.</summary>
public enum DatabaseTls
{
    /// <summary>Never encrypted.</summary>
    Disable,

    /// <summary>Encrypted only when the server insists; the certificate is not verified.</summary>
    Allow,

    /// <summary>Encrypted where the server offers it; the certificate is not verified.</summary>
    Prefer,

    /// <summary>Always encrypted; the certificate is verified only when a CA file is given.</summary>
    Require,

    /// <summary>Always encrypted; the certificate must come from a trusted authority.</summary>
    VerifyCa,

    /// <summary>Always encrypted; the certificate must come from a trusted authority and name the host.</summary>
    VerifyFull,
}
