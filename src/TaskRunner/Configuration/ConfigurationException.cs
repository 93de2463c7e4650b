namespace TaskRunner.Configuration;

/// <summary>The configuration has mistakes; all of them are listed, each with the variable and the flag to change.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> mistakes) : Exception(string.Join(Environment.NewLine, mistakes))
{
    /// <summary>One sentence a mistake.</summary>
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}
