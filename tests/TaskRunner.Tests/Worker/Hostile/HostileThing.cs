namespace TaskRunner.Tests.Worker.Hostile;

/// <summary>What code of an application may throw that is hard to describe.</summary>
internal static class HostileThing
{
    private const int Huge = 10_000_000;

    public static IReadOnlyDictionary<string, Func<Exception>> All { get; } = new Dictionary<string, Func<Exception>>(StringComparer.Ordinal)
    {
        ["message throws"] = () => new HostileException { OnMessage = Throw<string> },
        ["message throws as it does itself"] = () => new HostileException { OnMessage = () => throw new HostileException { OnMessage = Throw<string> } },
        ["message finds no memory"] = () => new HostileException { OnMessage = () => throw new InsufficientExecutionStackException() },
        ["message is null"] = () => new HostileException { OnMessage = () => null },
        ["message is huge"] = () => new HostileException { OnMessage = () => new string('m', Huge) },
        ["message is not text"] = () => new HostileException { OnMessage = () => "a\0b\ud83d c\udc00\u001b[2J" },
        ["text throws"] = () => new HostileException { OnToString = Throw<string> },
        ["text is null"] = () => new HostileException { OnToString = () => null },
        ["stack throws"] = () => new HostileException { OnStack = Throw<string> },
        ["stack is null"] = () => new HostileException { OnStack = () => null },
        ["stack is huge"] = () => new HostileException { OnStack = () => new string('s', Huge) },
        ["data throws"] = () => new HostileException { OnData = Throw<System.Collections.IDictionary> },
        ["all of it throws"] = () => new HostileException { OnMessage = Throw<string>, OnToString = Throw<string>, OnStack = Throw<string>, OnData = Throw<System.Collections.IDictionary> },
        ["exception in an exception, and so on"] = () => Nest(100_000, inner => new InvalidOperationException("one more", inner)),
        ["aggregate in an aggregate, and so on"] = () => Nest(100_000, inner => new AggregateException(inner, new InvalidOperationException("beside"))),
        ["aggregate of very many"] = () => new AggregateException(Enumerable.Range(0, 50_000).Select(i => new InvalidOperationException($"number {i}"))),
        ["aggregate of a hostile one"] = () => new AggregateException(new HostileException { OnMessage = Throw<string>, OnToString = Throw<string> }, new InvalidOperationException("beside")),
        ["no memory"] = () => new InsufficientMemoryException("no memory"),
        ["its own cancellation"] = () => new OperationCanceledException("cancelled itself"),
#pragma warning disable CA2201 // What the runtime throws is what it is about.
        ["null where an object should be"] = () => new NullReferenceException(),
#pragma warning restore CA2201
    };

    private static T Throw<T>() => throw new InvalidOperationException("a property throws");

    private static Exception Nest(int depth, Func<Exception, Exception> around)
    {
        Exception e = new InvalidOperationException("the innermost");
        for (var i = 0; i < depth; i++)
        {
            e = around(e);
        }

        return e;
    }
}
