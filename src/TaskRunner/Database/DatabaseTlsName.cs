namespace TaskRunner.Database;

/// <summary>The values of <c>sslmode</c> as they are written.</summary>
internal static class DatabaseTlsName
{
    public static IReadOnlyList<(string Word, DatabaseTls Value)> All { get; } =
    [
        ("disable", DatabaseTls.Disable),
        ("allow", DatabaseTls.Allow),
        ("prefer", DatabaseTls.Prefer),
        ("require", DatabaseTls.Require),
        ("verify-ca", DatabaseTls.VerifyCa),
        ("verify-full", DatabaseTls.VerifyFull),
    ];

    public static string Of(DatabaseTls tls) => All.First(pair => pair.Value == tls).Word;
}
