namespace TaskRunner.Redis;

/// <summary>Finds parts of a secret in what a server says.</summary>
internal static class SecretFragment
{
    private const int ShortestPart = 3;

    /// <summary>Whether a text holds the secret, or three or more of its characters in a row.</summary>
    public static bool IsIn(string text, string? secret)
    {
        if (string.IsNullOrEmpty(secret))
        {
            return false;
        }

        for (var i = 0; i + ShortestPart <= secret.Length; i++)
        {
            if (text.AsSpan().IndexOf(secret.AsSpan(i, ShortestPart), StringComparison.Ordinal) >= 0)
            {
                return true;
            }
        }

        return secret.Length < ShortestPart && text.Contains(secret, StringComparison.Ordinal);
    }
}
