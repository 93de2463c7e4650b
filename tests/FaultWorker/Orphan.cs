namespace TaskRunner.FaultWorker;

/// <summary>A process of a test ends with the test: its input is a pipe that closes then.</summary>
internal static class Orphan
{
    public static void EndWithParent() => new Thread(Wait) { IsBackground = true }.Start();

    private static void Wait()
    {
        while (Console.In.Read() >= 0)
        {
            // Nothing is said to it; only the end of the pipe matters.
        }

        Environment.Exit(1);
    }
}
