using System.Runtime.InteropServices;

namespace TaskRunner.Cli;

/// <summary>
/// SIGTERM, SIGINT, SIGHUP (a terminal that was closed) and SIGQUIT ask a process to stop; a SIGINT that follows one of them ends it at once. A signal that was
/// ignored when the process started, as with nohup, stays ignored: the runtime sees to that.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource stopping;
    private readonly PosixSignalRegistration[] registrations;

    public StopSignal(CancellationToken alsoStops)
    {
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
        _ = stopping.CancelAsync();
    }
}
