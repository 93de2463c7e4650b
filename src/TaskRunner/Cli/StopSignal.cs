using System.Runtime.InteropServices;

namespace TaskRunner.Cli;

/// <summary>SIGTERM and SIGINT ask a process to stop; the second one of SIGINT ends it at once.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource stopping;
    private readonly PosixSignalRegistration terminate;
    private readonly PosixSignalRegistration interrupt;

    public StopSignal(CancellationToken alsoStops)
    {
        stopping = CancellationTokenSource.CreateLinkedTokenSource(alsoStops);
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    }

    public CancellationToken Token => stopping.Token;

    public void Dispose()
    {
        terminate.Dispose();
        interrupt.Dispose();
        stopping.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = !(context.Signal == PosixSignal.SIGINT && stopping.IsCancellationRequested);
        _ = stopping.CancelAsync();
    }
}
