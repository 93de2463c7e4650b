namespace TaskRunner;

/// <summary>How an attempt failed, in words and within bounds.</summary>
/// <param name="Error">Type and message of the exception and of those inside it, at most <see cref="LongestError"/> characters.</param>
/// <param name="Stack">Where they were thrown, at most <see cref="LongestStack"/> characters; null when nothing is known.</param>
internal sealed record Failure(string Error, string? Stack = null)
{
    /// <summary>Longest error that is kept and logged, in characters.</summary>
    public const int LongestError = 8 * 1024;

    /// <summary>Longest stack trace that is kept and logged, in characters.</summary>
    public const int LongestStack = 8 * 1024;

    /// <summary>What a log is given: the exception itself when it can be described, else a stand-in that holds this text.</summary>
    public Exception? Logged { get; init; }

    /// <summary>The text with another sentence behind it, still within the bound.</summary>
    public Failure With(string sentence) => this with { Error = $"{FailureText.Cut(Error, LongestError - sentence.Length - 1)} {sentence}" };
}

/// <summary>Stands in the log for an exception whose own text throws, has no bound or is nested too deeply.</summary>
/// <param name="error">Its text within bounds.</param>
/// <param name="stack">Its stack trace within bounds.</param>
internal sealed class DescribedException(string error, string? stack) : Exception(error)
{
    public override string? StackTrace => stack;

    public override string ToString() => stack is null ? Message : $"{Message}{Environment.NewLine}{stack}";
}
