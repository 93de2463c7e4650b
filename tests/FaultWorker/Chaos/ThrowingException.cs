namespace TaskRunner.FaultWorker.Chaos;

#pragma warning disable CA1065, CA1032, RCS1194 // It is here to throw where no exception may.

/// <summary>An exception that cannot be described: everything that tells of it throws.</summary>
internal sealed class ThrowingException : Exception
{
    /// <inheritdoc />
    public override string Message => throw new InvalidOperationException("The message throws.");

    /// <inheritdoc />
    public override string? StackTrace => throw new InvalidOperationException("The stack trace throws.");

    /// <inheritdoc />
    public override string ToString() => throw new InvalidOperationException("ToString throws.");
}

/// <summary>An exception without a message.</summary>
internal sealed class NullException : Exception
{
    /// <inheritdoc />
    public override string Message => null!;
}

/// <summary>A service of one attempt whose disposal throws.</summary>
internal sealed class ThrowingService : IDisposable
{
    /// <inheritdoc />
    public void Dispose() => throw new ThrowingException();
}
