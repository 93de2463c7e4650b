namespace TaskRunner.Cli;

/// <summary>What the exit code of every verb means; docs/exit-codes.md says the same for people.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>A bug, or something nobody expected.</summary>
    public const int Unexpected = 1;

    /// <summary>Mistakes in the command line or the configuration, all of them listed.</summary>
    public const int Usage = 2;

    /// <summary>The broker or the database cannot be reached or refused the login.</summary>
    public const int StoreUnavailable = 3;

    /// <summary>No such task is known.</summary>
    public const int NotFound = 4;

    /// <summary>A check failed, no worker answered, or a task that was waited for is dead.</summary>
    public const int Failed = 5;

    /// <summary>The request was refused: payload over the limit, an id that was used before, or rules of the task type that fail.</summary>
    public const int Refused = 6;

    /// <summary>The time to wait was over.</summary>
    public const int TimedOut = 7;

    /// <summary>The broker's server was reached and lacks what the program needs.</summary>
    public const int UnfitServer = 8;
}
