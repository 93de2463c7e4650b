namespace TaskRunner.Tls;

/// <summary>A file with certificates or a key cannot be used; the message names it and says why.</summary>
internal sealed class CertificateFileException(string file, string reason, Exception? cause = null) : IOException($"'{file}' {reason}", cause)
{
    /// <summary>What is wrong with the file, without its name.</summary>
    public string Reason { get; } = reason;

    /// <summary>The file.</summary>
    public string File { get; } = file;
}
