using System.Text;
using TaskRunner.Results;

namespace TaskRunner;

/// <summary>
/// Describes exceptions of user code. Their <c>Message</c> and <c>StackTrace</c> are code of the user too: whatever they throw or return, the description is made. What
/// they block for is bounded by whoever calls this: see <see cref="Worker.AttemptLedger.Patience"/>.
/// </summary>
internal sealed class FailureText
{
    private const int MostInner = 10;
    private const int MostTold = 32;
    private const int DeepestNesting = 64;

    private readonly StringBuilder error = new();
    private readonly StringBuilder stack = new();
    private readonly List<string> told = [];
    private readonly bool isDeep;
    private int count;
    private bool isTame;

    private FailureText(Exception e)
    {
        isDeep = ExceptionChain.IsDeeperThan(e, DeepestNesting);
        isTame = !isDeep;
    }

    /// <summary>Never throws.</summary>
    public static Failure Of(Exception e)
    {
        try
        {
            var text = new FailureText(e);
            text.Append(ExceptionChain.Unwrap(e), outer: null);
            var failure = new Failure(Cut(text.error.ToString(), Failure.LongestError), text.stack.Length == 0 ? null : Cut(text.stack.ToString(), Failure.LongestStack));
            return failure with { Logged = text.isTame ? e : new DescribedException(failure.Error, failure.Stack) };
        }
#pragma warning disable CA1031 // Memory may have run out here: the name of the type must do.
        catch (Exception)
#pragma warning restore CA1031
        {
            return new Failure(e.GetType().Name);
        }
    }

    /// <summary>The text up to a length, in one piece: no half of a surrogate pair, and nothing that PostgreSQL cannot store.</summary>
    public static string Cut(string text, int longest)
    {
        var kept = text.Length <= longest ? text : $"{text.AsSpan(0, Math.Max(0, longest - 3))}...";
        return StorableText.Text(kept)!;
    }

    private void Append(Exception e, Exception? outer)
    {
        if (++count > MostTold || error.Length > Failure.LongestError)
        {
            return;
        }

        AppendHead(e, outer);
        AppendStack(e);
        var inner = ExceptionChain.Inner(e);
        for (var i = 0; i < Math.Min(inner.Count, MostInner); i++)
        {
            Append(ExceptionChain.Unwrap(inner[i]), e);
        }

        if (inner.Count > MostInner)
        {
            error.Append(System.Globalization.CultureInfo.InvariantCulture, $" ---> and {inner.Count - MostInner} more");
        }
    }

    private void AppendHead(Exception e, Exception? outer)
    {
        if (outer is TimeoutException && e is OperationCanceledException)
        {
            // That is how the time limit ended it.
            return;
        }

        var message = MessageOf(e);
        if (outer is not null && message.Length > 0 && told.Exists(earlier => earlier.Contains(message, StringComparison.Ordinal)))
        {
            return;
        }

        told.Add(message);
        var name = e.GetType().Name;
        error.Append(error.Length == 0 ? "" : outer is OutputException ? ": " : " ---> ").Append((e is PermanentFailureException or OutputException, message.Length) switch
        {
            (_, 0) => name,
            (true, _) => message,
            _ => $"{name}: {message}",
        });
    }

    private string MessageOf(Exception e)
    {
        if (isDeep && e is AggregateException { InnerExceptions.Count: var inside })
        {
            // Its message asks all those inside for theirs.
            return $"{inside} exceptions";
        }

        try
        {
            var message = (e is AggregateException several ? OwnMessage(several) : e.Message) ?? "";
            isTame &= message.Length <= Failure.LongestError;
            return message.Length <= Failure.LongestError ? message : $"{Cut(message, Failure.LongestError / 2)} ({message.Length:N0} characters)";
        }
#pragma warning disable CA1031 // Whatever the property throws, the attempt failed for another reason, which is told.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            isTame = false;
            return $"(its message cannot be read: {thrown.GetType().Name})";
        }
    }

    /// <summary>The message of an aggregate without those of its inner exceptions, which follow by themselves.</summary>
    private static string OwnMessage(AggregateException e)
    {
        var all = e.Message;
        var first = e.InnerExceptions.Count == 0 ? -1 : all.IndexOf($" ({e.InnerExceptions[0].Message})", StringComparison.Ordinal);
        return first <= 0 ? all : all[..first];
    }

    private void AppendStack(Exception e)
    {
        string? trace;
        try
        {
            trace = e.StackTrace;
        }
#pragma warning disable CA1031 // As above.
        catch (Exception)
#pragma warning restore CA1031
        {
            isTame = false;
            return;
        }

        if (string.IsNullOrEmpty(trace) || stack.Length >= Failure.LongestStack)
        {
            return;
        }

        isTame &= trace.Length <= Failure.LongestStack * 8;

        // Half for the outermost, so that a deep one leaves room for what is inside.
        var room = count == 1 && ExceptionChain.Inner(e).Count > 0 ? Failure.LongestStack / 2 : Failure.LongestStack - stack.Length;
        stack.Append(stack.Length == 0 ? "" : "\n").Append(e.GetType().FullName).Append('\n').Append(Cut(trace, room));
    }
}
