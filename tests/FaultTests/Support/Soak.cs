using System.Globalization;

namespace TaskRunner.FaultTests.Support;

/// <summary>Long runs, which <c>make soak</c> and <c>make fuzz</c> ask for.</summary>
internal static class Soak
{
    /// <summary>Draws what is random; TASKRUNNER_TEST_SEED repeats a run.</summary>
    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("TASKRUNNER_TEST_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : 20261124;

    /// <summary>How many inputs a fuzzer tries.</summary>
    public static int FuzzInputs { get; } = IsOn("fuzz") ? 10_000_000 : 100_000;

    /// <summary>How many times as many faults in scripts are tried as in the short run; TASKRUNNER_TEST_FAULTS changes it.</summary>
    public static double FaultShare { get; } =
        double.TryParse(Environment.GetEnvironmentVariable("TASKRUNNER_TEST_FAULTS"), CultureInfo.InvariantCulture, out var share) ? share : 1;

    /// <summary>How long the soak of a worker lasts; TASKRUNNER_TEST_SOAK_MINUTES changes it.</summary>
    public static double Minutes { get; } =
        double.TryParse(Environment.GetEnvironmentVariable("TASKRUNNER_TEST_SOAK_MINUTES"), CultureInfo.InvariantCulture, out var minutes) ? minutes : 60;

    /// <summary>Which long runs are asked for: <c>storm</c>, <c>memory</c>, <c>fuzz</c>, <c>scripts</c>.</summary>
    public static bool IsOn(string run) =>
        (Environment.GetEnvironmentVariable("TASKRUNNER_TEST_LONG") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Contains(run, StringComparer.Ordinal);
}
