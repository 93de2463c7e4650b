namespace TaskRunner.Beat;

/// <summary>What becomes of ticks that came due while no beat could enqueue them.</summary>
public enum CatchUp
{
    /// <summary>They are dropped; a tick counts as missed when it is more than 5 s late.</summary>
    Skip,

    /// <summary>Only the newest runs.</summary>
    Latest,

    /// <summary>All run, the newest ten at most, oldest first.</summary>
    All,
}
