namespace ChartTests.Rendering;

/// <summary><c>helm template</c>, as a user runs it: one process, one set of values.</summary>
internal static class HelmTemplate
{
    /// <summary>What helm writes.</summary>
    /// <param name="helm">Another helm than the one that was found.</param>
    /// <exception cref="HelmException">Helm refuses the values.</exception>
    public static string Run(string chart, RenderRequest request, string? helm = null)
    {
        var files = request.Files;
        var below = Path.Combine(Path.GetTempPath(), $"chart-tests-{Guid.NewGuid():N}.yaml");
        File.WriteAllText(below, files[0]);
        try
        {
            return HelmCli.RunProgram(helm ?? HelmCli.Program, files[1], [], [.. request.Options.Arguments(chart), "--values", below, "--values", "-"]);
        }
        finally
        {
            File.Delete(below);
        }
    }

    /// <summary>The message with which helm refuses a request; null when it takes it.</summary>
    public static string? Refusal(string chart, RenderRequest request)
    {
        try
        {
            _ = Run(chart, request);
            return null;
        }
        catch (HelmException refusal)
        {
            return refusal.Output;
        }
    }
}
