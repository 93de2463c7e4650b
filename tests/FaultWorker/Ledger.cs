using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace TaskRunner.FaultWorker;

/// <summary>
/// What one process did, a line an event: kind, id of the task, time (nanoseconds of the machine's monotonic clock, the same for all
/// processes), detail. A line is one write to the kernel, so that it survives the death of the process.
/// </summary>
public sealed class Ledger : IDisposable
{
    private readonly FileStream file;
    private readonly Lock gate = new();

    /// <param name="folder">One file a process.</param>
    public Ledger(string folder) => file = new FileStream(
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}.ledger")), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    /// <summary>An enqueue was answered.</summary>
    public void Answered(Guid id) => Write('A', id, "");

    /// <summary>A task began to run.</summary>
    public void Started(Guid id) => Write('S', id, "");

    /// <summary>A run ended by itself or by its token.</summary>
    public void Ended(Guid id) => Write('E', id, "");

    /// <summary>The broker took a settlement; the detail is what tells one settlement from another.</summary>
    public void Settled(Guid id, string detail) => Write('R', id, detail);

    public void Dispose() => file.Dispose();

    private void Write(char kind, Guid id, string detail)
    {
        lock (gate)
        {
            file.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{kind} {id:N} {Stopwatch.GetTimestamp()} {detail}\n")));
        }
    }
}
