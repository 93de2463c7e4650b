using System.Diagnostics;
using System.Reflection;

namespace TaskRunner.Observability;

/// <summary>What the operating system and the runtime know of this process, under the names that Prometheus clients share.</summary>
internal static class ProcessMetrics
{
    private static readonly double StartTime = ReadStartTime();

    /// <summary>Version of the program, for example 1.2.0.</summary>
    public static string Version { get; } =
        typeof(ProcessMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static void Write(PrometheusText text)
    {
        text.Single("taskrunner_build_info", "gauge", "1, with the version of the program.", 1, $"version=\"{PrometheusText.LabelValue(Version)}\"");
        text.Single("process_cpu_seconds_total", "counter", "User and system CPU time.", CpuSeconds());
        text.Single("process_resident_memory_bytes", "gauge", "Resident memory.", Environment.WorkingSet);
        text.Single("process_start_time_seconds", "gauge", "Start of the process since the epoch.", StartTime);
        text.Single("dotnet_gc_heap_bytes", "gauge", "Memory in use by managed objects.", GC.GetTotalMemory(forceFullCollection: false));
        text.Single("dotnet_threadpool_threads", "gauge", "Threads of the thread pool.", ThreadPool.ThreadCount);
        text.Single("dotnet_threadpool_queue_length", "gauge", "Work items that wait for a thread.", ThreadPool.PendingWorkItemCount);
    }

    private static double CpuSeconds() =>
        OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() || OperatingSystem.IsWindows() ? Environment.CpuUsage.TotalTime.TotalSeconds : 0;

    private static double ReadStartTime()
    {
        using var process = Process.GetCurrentProcess();
        return new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
    }
}
