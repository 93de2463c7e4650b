using System.Globalization;

namespace TaskRunner.Addresses;

/// <summary>Reads <c>host[:port]</c>, with an IPv6 address in brackets.</summary>
internal static class HostAndPort
{
    /// <summary>Reads one address.</summary>
    /// <exception cref="FormatException">It is none; the message is the end of a sentence and quotes nothing.</exception>
    public static (string Host, int Port) Read(string text, int defaultPort)
    {
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            var behind = end < 0 ? "" : text[(end + 1)..];
            return end < 2 || (behind.Length > 0 && behind[0] != ':') || Uri.CheckHostName(text[1..end]) != UriHostNameType.IPv6
                ? throw new FormatException("has a malformed IPv6 address: write [address]:port")
                : (text[1..end], behind.Length == 0 ? defaultPort : Port(behind[1..]));
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var host = Uri.UnescapeDataString(colon < 0 ? text : text[..colon]);
        if (host.Length == 0)
        {
            throw new FormatException("names no host");
        }

        return IsName(host)
            ? (host, colon < 0 ? defaultPort : Port(text[(colon + 1)..]))
            : throw new FormatException("names no valid host");
    }

    public static int Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? port
            : throw new FormatException("has a port that is not a number from 1 to 65535");

    // Underscores are no part of a host name, and common in container networks.
    private static bool IsName(string host) => Uri.CheckHostName(host.Replace('_', '-')) is UriHostNameType.Dns or UriHostNameType.IPv4;
}
