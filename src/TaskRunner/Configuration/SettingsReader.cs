using System.Globalization;
using TaskRunner.Broker;

namespace TaskRunner.Configuration;

/// <summary>
/// Reads settings: a flag wins over its variable, the variable over its file. Mistakes are collected and thrown together by
/// <see cref="ThrowIfMistaken"/>.
/// </summary>
/// <param name="flag">The value given on the command line; null for none.</param>
/// <param name="environment">The value of a variable; null for none.</param>
internal sealed class SettingsReader(Func<Setting, string?> flag, Func<string, string?> environment)
{
    private readonly List<string> mistakes = [];

    public IReadOnlyList<string> Mistakes => mistakes;

    public void Mistake(string sentence) => mistakes.Add(sentence);

    /// <exception cref="ConfigurationException">There were mistakes.</exception>
    public void ThrowIfMistaken()
    {
        if (mistakes.Count > 0)
        {
            throw new ConfigurationException([.. mistakes]);
        }
    }

    /// <summary>The value as text; null when it is not set. An empty value counts as not set.</summary>
    public string? Text(Setting setting)
    {
        if ((NullIfEmpty(flag(setting)) ?? NullIfEmpty(environment(setting.Variable))) is { } value)
        {
            return value;
        }

        return setting.FromFile && NullIfEmpty(environment(setting.Variable + "_FILE")) is { } path ? ReadFile(setting, path) : null;
    }

    /// <summary>A secret that is read anew at every call when it is in a file, so that a rotated one is found without a restart; null when it is not set.</summary>
    public Func<string?>? Secret(Setting setting)
    {
        if (NullIfEmpty(environment(setting.Variable)) is { } value)
        {
            return () => value;
        }

        if (NullIfEmpty(environment(setting.Variable + "_FILE")) is not { } path)
        {
            return null;
        }

        // Read once now, so that a wrong path is reported at the start and with everything else.
        return ReadFile(setting, path) is { } last ? () => last = TryRead(path) ?? last : null;
    }

    public int Number(Setting setting, int standard, int least, int most)
    {
        if (Text(setting) is not { } text)
        {
            return standard;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        Mistake($"{setting.Label} is '{text}': it must be a whole number from {least} to {most}.");
        return standard;
    }

    public TimeSpan Seconds(Setting setting, int standard, int least, int most) => TimeSpan.FromSeconds(Number(setting, standard, least, most));

    public T Choice<T>(Setting setting, T standard, params IReadOnlyList<(string Word, T Value)> choices)
    {
        if (Text(setting) is not { } text)
        {
            return standard;
        }

        foreach (var (word, value) in choices)
        {
            if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        Mistake($"{setting.Label} is '{text}': it must be one of {string.Join(", ", choices.Select(c => c.Word))}.");
        return standard;
    }

    /// <summary>Routes of tasks to queues; none when the setting is not set.</summary>
    public TaskRoutes Routes(Setting setting)
    {
        try
        {
            return Text(setting) is { } text ? TaskRoutes.Parse(text) : TaskRoutes.None;
        }
        catch (FormatException e)
        {
            foreach (var sentence in e.Message.Split('\n'))
            {
                Mistake($"{setting.Label}: {sentence}");
            }

            return TaskRoutes.None;
        }
    }

    private string? ReadFile(Setting setting, string path)
    {
        var text = TryRead(path);
        if (text is null)
        {
            Mistake($"{setting.Variable}_FILE{Shown(setting, path)}: there is no such file, or it cannot be read.");
        }
        else if (text.Length == 0)
        {
            Mistake($"{setting.Variable}_FILE{Shown(setting, path)}: the file is empty.");
        }

        return NullIfEmpty(text);
    }

    // People put the secret itself, or a URL with one, where the path of its file belongs.
    private static string Shown(Setting setting, string path) =>
        setting.IsSecret || setting.Variable.EndsWith("_URL", StringComparison.Ordinal) ? " does not name a usable file" : $" is '{path}'";

    /// <summary>A variable that is no setting of this program, as the program's libraries read it; null when it is not set.</summary>
    public string? Variable(string name) => NullIfEmpty(environment(name));

    private static string? TryRead(string path)
    {
        try
        {
            // Editors and `echo` end a file with a line break, which is no part of a secret.
            return BoundedFile.ReadAllText(path, BoundedFile.Small).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
