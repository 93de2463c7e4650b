namespace TaskRunner.Beat;

/// <summary>The word for each catch-up policy in files and in the database.</summary>
internal static class CatchUpName
{
    public static string Of(CatchUp catchUp) => catchUp switch
    {
        CatchUp.Skip => "skip",
        CatchUp.Latest => "latest",
        CatchUp.All => "all",
        _ => throw new ArgumentOutOfRangeException(nameof(catchUp), catchUp, "No such policy."),
    };

    public static CatchUp Parse(string name) => name switch
    {
        "skip" => CatchUp.Skip,
        "latest" => CatchUp.Latest,
        "all" => CatchUp.All,
        _ => throw new FormatException($"'{name}' is not one of skip, latest, all"),
    };
}
