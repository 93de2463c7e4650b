using TaskRunner.Kubernetes;

namespace TaskRunner.Configuration;

/// <summary>Reads which pod the process runs in, where it is to be told its deletion cost.</summary>
internal static class PodSettings
{
    /// <summary>The pod; null when none is named. Mistakes stay in the reader.</summary>
    public static PodOptions? Read(SettingsReader reader)
    {
        if (reader.Text(Settings.PodName) is not { } name)
        {
            return null;
        }

        var @namespace = reader.Text(Settings.PodNamespace);
        foreach (var (setting, text) in new[] { (Settings.PodName, name), (Settings.PodNamespace, @namespace ?? "") })
        {
            if (!IsName(text))
            {
                reader.Mistake($"{setting.Label} is '{text}': it is a name of Kubernetes, of small letters, digits, dashes and dots.");
            }
        }

        var folder = reader.Text(Settings.KubernetesFolder) ?? "/var/run/secrets/kubernetes.io/serviceaccount";
        if (!File.Exists(Path.Combine(folder, "token")) || !File.Exists(Path.Combine(folder, "ca.crt")))
        {
            reader.Mistake($"{Settings.KubernetesFolder.Label} is '{folder}': it does not hold the files token and ca.crt.");
        }

        var address = reader.Text(Settings.KubernetesUrl) ?? "https://kubernetes.default.svc";
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps || url.UserInfo.Length > 0)
        {
            reader.Mistake($"{Settings.KubernetesUrl.Label} must start with https:// and name a host.");
            return null;
        }

        return new PodOptions(@namespace ?? "", name, url, folder);
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= 253 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.');
}
