namespace TaskRunner.Tests.Worker.Hostile;

/// <summary>An exception whose properties do what a test tells them to.</summary>
#pragma warning disable CA1065 // That is what it is for.
internal sealed class HostileException : Exception
{
    public Func<string?> OnMessage { get; init; } = () => "hostile";

    public Func<string?> OnToString { get; init; } = () => "HostileException as text";

    public Func<string?> OnStack { get; init; } = () => "   at Somewhere()";

    public Func<System.Collections.IDictionary> OnData { get; init; } = () => new Dictionary<string, string>();

    public override string Message => OnMessage()!;

    public override string? StackTrace => OnStack();

    public override System.Collections.IDictionary Data => OnData();

    public override string? HelpLink
    {
        get => OnData()["help"]?.ToString();
        set => OnData()["help"] = value;
    }

    public override string? Source
    {
        get => OnStack();
        set => OnData()["source"] = value;
    }

    public override bool Equals(object? obj) => throw new InvalidOperationException("Equals throws");

    public override int GetHashCode() => throw new InvalidOperationException("GetHashCode throws");

    public override Exception GetBaseException() => throw new InvalidOperationException("GetBaseException throws");

    public override string ToString() => OnToString()!;
}
#pragma warning restore CA1065
