using System.Globalization;

namespace TaskRunner.Cli;

/// <summary>How numbers, ages and sizes stand in tables.</summary>
internal static class Cell
{
    public static string Of(long number) => number.ToString(CultureInfo.InvariantCulture);

    public static string Of(long? number) => number is { } value ? Of(value) : "";

    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Ago(long milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:F1}s ago");

    public static string Seconds(double? seconds) => seconds is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:F1}s") : "";

    public static string Megabytes(long? bytes) => bytes is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value / 1048576.0:F1} MiB") : "";
}
