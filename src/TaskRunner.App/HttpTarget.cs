using System.Net.Http.Headers;
using System.Text;

namespace TaskRunner.App;

/// <summary>The target of a request. User, password and query of its URL are for the server alone: whatever is written down has neither.</summary>
/// <param name="Url">The URL to ask, without user and password.</param>
/// <param name="Login">User and password of the URL as basic authorization; null when it has none.</param>
internal sealed record HttpTarget(Uri Url, AuthenticationHeaderValue? Login)
{
    /// <exception cref="PermanentFailureException">It is no absolute http or https URL; the message does not quote it.</exception>
    public static HttpTarget Read(string? text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new PermanentFailureException("url is missing or is no absolute http or https URL.");
        }

        if (url.UserInfo.Length == 0)
        {
            return new HttpTarget(url, null);
        }

        var login = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo)));
        return new HttpTarget(new UriBuilder(url) { UserName = "", Password = "" }.Uri, new AuthenticationHeaderValue("Basic", login));
    }

    /// <summary>A URL as it may be written down.</summary>
    public static string Shown(Uri url) => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
