using System.Text;

namespace TaskRunner.Flows;

/// <summary>What an output must be to become the input of a step.</summary>
internal static class FlowInput
{
    // Each level needs two brackets: a shorter text cannot be that deep, and need not be looked at.
    private const int ShortestOfMostLevels = 2 * JsonDepth.Written;

    /// <summary>Why an output cannot be handed on; null when it can. Custom converters and older programs may have written anything.</summary>
    public static string? Mistake(string? output) =>
        output is not null && JsonInput.Mistake(Encoding.UTF8.GetBytes(output)) is { } mistake ? $"The output cannot be handed on: {mistake}." : null;

    /// <summary>Whether an output, as one of a group's, makes the list of them too deep to be written.</summary>
    public static bool IsTooDeepForList(string? output) => output?.Length >= ShortestOfMostLevels && JsonDepth.Of(Encoding.UTF8.GetBytes(output)) >= JsonDepth.Written;
}
