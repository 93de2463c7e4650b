using System.Runtime.InteropServices;

namespace TaskRunner.Bench.Support;

/// <summary>Where a run took place.</summary>
internal sealed record Machine(string Processor, int Cores, double MemoryGib, string System, string Kernel, string Runtime, string Redis, double LoadAtStart)
{
    public static async Task<Machine> ReadAsync()
    {
        var processor = Line("/proc/cpuinfo", "model name")?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
        var system = Line("/etc/os-release", "PRETTY_NAME=")?.Split('=')[1].Trim('"') ?? RuntimeInformation.OSDescription;
        var redis = (await Child.RunAsync("redis-server", ["--version"], new Dictionary<string, string>())).Split(' ').First(w => w.StartsWith("v=", StringComparison.Ordinal))[2..];
        return new Machine(
            processor,
            Environment.ProcessorCount,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024),
            system,
            Environment.OSVersion.Version.ToString(),
            RuntimeInformation.FrameworkDescription,
            redis,
            Load());
    }

    /// <summary>Processes that wanted to run, on average over the last minute.</summary>
    public static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], global::System.Globalization.CultureInfo.InvariantCulture);

    private static string? Line(string file, string start) => File.ReadLines(file).FirstOrDefault(l => l.StartsWith(start, StringComparison.Ordinal));
}
