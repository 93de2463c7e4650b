using System.Diagnostics;
using System.Globalization;

namespace ClusterTests.Cluster;

/// <summary>A container of the local cluster, seen from the host: its first process and its control groups.</summary>
internal sealed class HostContainer
{
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(10);
    private static readonly Cli Kill = new("kill", new Dictionary<string, string>(StringComparer.Ordinal));

    private HostContainer(int processId) => ProcessId = processId;

    /// <summary>Id of its first process, in the host's numbers.</summary>
    public int ProcessId { get; }

    /// <summary>Finds a container's first process by the control group that the runtime made for it.</summary>
    /// <exception cref="InvalidOperationException">No process of this host is in such a group.</exception>
    public static HostContainer Find(string containerId)
    {
        // Processes come and go while their list is read, so one look may miss one.
        var clock = Stopwatch.StartNew();
        do
        {
            foreach (var folder in Directory.EnumerateDirectories("/proc"))
            {
                if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                    && Read($"{folder}/cgroup").Contains(containerId, StringComparison.Ordinal)
                    && Status(folder, "NSpid").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[^1..] is ["1"])
                {
                    return new HostContainer(id);
                }
            }
        }
        while (clock.Elapsed < LongestLook);

        throw new InvalidOperationException($"No process of this host is process 1 of container {containerId}.");
    }

    /// <summary>Sends a signal to the first process, for example <c>STOP</c>.</summary>
    public Task SignalAsync(string name) => Kill.RunAsync([$"-{name}", ProcessId.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>A line of the kernel's status of the first process, for example <c>Uid</c>.</summary>
    public string Status(string name) => Status($"/proc/{ProcessId}", name);

    /// <summary>What is mounted in the container, one line a mount.</summary>
    public string[] Mounts() => Read($"/proc/{ProcessId}/mounts").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A path of the container's file system, for this process.</summary>
    public string PathTo(string path) => $"/proc/{ProcessId}/root{path}";

    /// <summary>Memory that the kernel lets it use, in bytes.</summary>
    public long MemoryLimit() => long.Parse(Control("memory", "memory.limit_in_bytes", "memory.max"), CultureInfo.InvariantCulture);

    /// <summary>Processor time that the kernel lets it use, in thousandths of one processor.</summary>
    public long CpuLimit()
    {
        var quota = Control("cpu", "cpu.cfs_quota_us", "cpu.max").Split(' ');
        var period = quota.Length > 1 ? quota[1] : Control("cpu", "cpu.cfs_period_us", "cpu.max");
        return 1000 * long.Parse(quota[0], CultureInfo.InvariantCulture) / long.Parse(period, CultureInfo.InvariantCulture);
    }

    private string Control(string controller, string file, string unifiedFile)
    {
        var lines = Read($"/proc/{ProcessId}/cgroup").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':', 3)).ToList();
        var own = lines.Find(line => line[1].Split(',').Contains(controller));
        return own is not null
            ? Read(MountOf(options => options.Split(',').Contains(controller), "cgroup") + own[2] + "/" + file).Trim()
            : Read(MountOf(_ => true, "cgroup2") + lines.Single(line => line[0] == "0")[2] + "/" + unifiedFile).Trim();
    }

    private static string MountOf(Func<string, bool> options, string kind) =>
        File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).First(mount => mount[2] == kind && options(mount[3]))[1];

    private static string Status(string folder, string name) =>
        Read($"{folder}/status").Split('\n').FirstOrDefault(line => line.StartsWith($"{name}:", StringComparison.Ordinal))?[(name.Length + 1)..].Trim() ?? "";

    // A process may end while it is looked at.
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
