using System.Reflection;

namespace TaskRunner;

/// <summary>Looks inside exceptions without running code of theirs: only properties that nobody can override, and never deeper than a bound.</summary>
internal static class ExceptionChain
{
    /// <summary>Wrappers that are looked through, at most.</summary>
    private const int MostWrappers = 32;

    /// <summary>
    /// The exception and what it only carries: <see cref="AggregateException"/> with one inner exception, as <c>.Result</c> and <c>.Wait()</c> throw it, and
    /// <see cref="TargetInvocationException"/>. Outermost first.
    /// </summary>
    public static IEnumerable<Exception> Layers(Exception e)
    {
        yield return e;
        for (var i = 0; i < MostWrappers && Carried(e) is { } inner; i++)
        {
            yield return e = inner;
        }
    }

    /// <summary>The exception behind all wrappers: the last one of <see cref="Layers"/>.</summary>
    public static Exception Unwrap(Exception e)
    {
        for (var i = 0; i < MostWrappers && Carried(e) is { } inner; i++)
        {
            e = inner;
        }

        return e;
    }

    /// <summary>Whether more exceptions than this are inside, or deeper than this. Describing such a one recurses for each level, and a stack that is used up ends the process.</summary>
    /// <param name="e">The exception.</param>
    /// <param name="depth">How many levels are allowed.</param>
    public static bool IsDeeperThan(Exception e, int depth)
    {
        var left = depth * 8;
        var level = new List<Exception> { e };
        for (var i = 0; i < depth && level.Count > 0; i++)
        {
            var next = new List<Exception>();
            foreach (var inner in level.SelectMany(Inner))
            {
                if (--left < 0)
                {
                    return true;
                }

                next.Add(inner);
            }

            level = next;
        }

        return level.Count > 0;
    }

    /// <summary>What is directly inside.</summary>
    public static IReadOnlyList<Exception> Inner(Exception e) => e switch
    {
        AggregateException { InnerExceptions: { Count: > 0 } several } => several,
        { InnerException: { } one } => [one],
        _ => [],
    };

    private static Exception? Carried(Exception e) => e switch
    {
        AggregateException { InnerExceptions: [var only] } => only,
        TargetInvocationException { InnerException: { } inner } => inner,
        _ => null,
    };
}
