namespace TaskRunner.Worker;

/// <summary>How far an attempt has come. It only goes forward, and reaches <see cref="Ended"/> once.</summary>
internal enum AttemptPhase
{
    /// <summary>It waits for a thread.</summary>
    Waiting,

    /// <summary>It has a thread; log scopes and spans begin. Code of the application runs, for a bounded time.</summary>
    Starting,

    /// <summary>The handler runs, for as long as it likes.</summary>
    Running,

    /// <summary>The handler is done; its services are disposed and its failure is described. Code of the application runs, for a bounded time.</summary>
    Ending,

    /// <summary>It left its thread without a settlement. The loop settles it.</summary>
    Faulted,

    /// <summary>It has a settlement.</summary>
    Ended,
}
