using System.Globalization;

namespace TaskRunner.Bench.Support;

/// <summary>CPU time that this machine wanted and its host gave to others, since it was started: a virtual machine's rates and latencies are worth what is little.</summary>
internal sealed class StolenTime
{
    // Fields of the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; see proc_stat(5).
    private const int Steal = 7;

    private readonly long[] began = Read();

    /// <summary>Per cent of the time of all cores.</summary>
    public double Percent
    {
        get
        {
            var passed = Read().Zip(began, (now, then) => now - then).ToArray();
            return 100.0 * passed[Steal] / Math.Max(1, passed.Sum());
        }
    }

    private static long[] Read() =>
        [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(Steal + 1).Select(field => long.Parse(field, CultureInfo.InvariantCulture))];
}
