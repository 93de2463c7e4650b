namespace TaskRunner.Database;

/// <summary>What the options of a database URL say, before it is known whether the rest of the URL says it, too.</summary>
internal sealed class DatabaseUrlDraft
{
    public DatabaseOptions Options { get; set; } = new() { Host = "", Database = "", User = "" };

    public string? User { get; set; }

    public string? Password { get; set; }

    public string? Database { get; set; }

    public string? Hosts { get; set; }

    public string? Ports { get; set; }

    /// <summary>Hands a setting to the driver.</summary>
    public void Pass(string setting, string value) => Options = Options with { Driver = Options.Driver.SetItem(setting, value) };
}
