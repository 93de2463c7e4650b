using TaskRunner.Tls;

namespace TaskRunner.Configuration;

/// <summary>The files of a store's TLS: looked into at the start, so that a wrong one is reported with everything else.</summary>
/// <param name="Authorities">PEM or DER file of the authorities to trust; null for those of the system.</param>
/// <param name="Certificate">PEM file of the certificate to show; null for none.</param>
/// <param name="Key">PEM file of its private key; null when it is in the certificate's file.</param>
internal sealed record CertificateSettings(string? Authorities, string? Certificate, string? Key)
{
    private const int LongestPath = 4096;

    /// <summary>Reads the settings of one store; mistakes stay in the reader.</summary>
    /// <param name="reader">The source.</param>
    /// <param name="authorities">Names the CA file.</param>
    /// <param name="certificate">Names the certificate; null where a store takes none.</param>
    /// <param name="key">Names its key.</param>
    /// <param name="ofUrl">What the URL says; the settings win over it.</param>
    public static CertificateSettings Read(SettingsReader reader, Setting authorities, Setting? certificate, Setting? key, CertificateSettings ofUrl)
    {
        var ca = Path(reader, authorities);
        var shown = certificate is null ? null : Path(reader, certificate);
        var secret = key is null ? null : Path(reader, key);
        if (secret is not null && (shown ?? ofUrl.Certificate) is null)
        {
            reader.Mistake($"{key!.Label} is set and {certificate!.Label} is not: set both, or neither.");
        }

        Try(reader, (ca, authorities.Label), (ofUrl.Authorities, "The CA file that the URL names"), file => CertificateFiles.Authorities(file));
        var used = (File: shown ?? ofUrl.Certificate, Key: secret ?? (shown is null ? ofUrl.Key : null));
        Try(reader, (shown, certificate?.Label ?? ""), (ofUrl.Certificate, "The client certificate that the URL names"), file => CertificateFiles.Client(file, used.Key));
        return new CertificateSettings(ca ?? ofUrl.Authorities, used.File, used.Key);
    }

    private static string? Path(SettingsReader reader, Setting setting)
    {
        if (reader.Text(setting) is not { } path)
        {
            return null;
        }

        if (!path.Contains("-----BEGIN", StringComparison.Ordinal) && path.Length <= LongestPath && !path.Any(char.IsControl))
        {
            return path;
        }

        // What stands there may be a key, so it is not shown.
        reader.Mistake($"{setting.Label} must be the path of a file: it holds something else, as the text of a certificate or a key.");
        return null;
    }

    private static void Try(SettingsReader reader, (string? File, string Label) set, (string? File, string Label) ofUrl, Action<string> read)
    {
        if ((set.File ?? ofUrl.File) is not { } file)
        {
            return;
        }

        try
        {
            read(file);
        }
        catch (CertificateFileException e)
        {
            var isOther = e.File != file;
            reader.Mistake(set.File is null
                ? $"{ofUrl.Label}{(isOther ? ", or its key," : "")} {WithoutNames(e.Reason)}."
                : $"{set.Label} is '{file}': {(isOther ? $"the key file '{e.File}'" : "the file")} {e.Reason}.");
        }
    }

    // Of a URL nothing is quoted.
    private static string WithoutNames(string reason) => string.Concat(reason.Split('\'').Where((_, i) => i % 2 == 0)).TrimEnd();
}
