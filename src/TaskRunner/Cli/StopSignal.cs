using System.Runtime.InteropServices;

namespace TaskRunner.Cli;

/// <summary>
/// SIGTERM, SIGINT, SIGHUP (a terminal that was closed) and SIGQUIT ask a process to stop; a SIGINT that follows one of them ends it at once. A signal that was
/// ignored when the process started, as with nohup, stays ignored: the runtime sees to that.
/// </summary>
/// <remarks>Code of the application may block whatever the process does to stop. So it ends by force when it takes too long; its tasks are then taken over as those of any dead worker.</remarks>
internal sealed class StopSignal : IDisposable
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource stopping;
    private readonly PosixSignalRegistration[] registrations;
    private readonly TimeSpan longest;
    private int isTold;

    /// <param name="longest">How long the process may take to stop after the first signal.</param>
    /// <param name="alsoStops">Asks it to stop, too; without a limit.</param>
    public StopSignal(TimeSpan longest, CancellationToken alsoStops)
    {
        this.longest = longest;
        stopping = CancellationTokenSource.CreateLinkedTokenSource(alsoStops);
        registrations = Array.ConvertAll([PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT], signal => PosixSignalRegistration.Create(signal, Stop));
    }

    public CancellationToken Token => stopping.Token;

    public void Dispose()
    {
        Array.ForEach(registrations, static registration => registration.Dispose());
        stopping.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = !(context.Signal == PosixSignal.SIGINT && stopping.IsCancellationRequested);
        if (Interlocked.Exchange(ref isTold, 1) == 0)
        {
            // Threads of their own: the pool may be full of code that blocks. It goes on after the last line of the program, which may have threads that do not end.
            new Thread(EndByForce) { IsBackground = true, Name = "stop limit" }.Start();
        }

        _ = stopping.CancelAsync();
    }

    private void EndByForce()
    {
        Thread.CurrentThread.Join(longest);
        var sentence = $"The process did not stop within {longest.TotalSeconds:0} s and is ended by force: "
            + "code of the application does not return.";
        var saying = new Thread(() => Say(sentence)) { IsBackground = true };
        saying.Start();
        // If nobody reads standard error, the process ends without the sentence.
        saying.Join(LastWords);
        new Thread(static () => Environment.Exit(ExitCode.TimedOut)) { IsBackground = true }.Start();
        Thread.CurrentThread.Join(Goodbye);
        System.Diagnostics.Process.GetCurrentProcess().Kill();
    }

    private static void Say(string sentence)
    {
        try
        {
            using var error = new StreamWriter(Console.OpenStandardError()) { AutoFlush = true };
            error.WriteLine(sentence);
        }
        catch (IOException)
        {
            // Nobody reads it.
        }
    }
}
