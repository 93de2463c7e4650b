namespace TaskRunner.Beat;

/// <summary>How a schedule stands that a claim takes.</summary>
internal enum ClaimKind
{
    /// <summary>Its time has come within the last seconds.</summary>
    OnTime,

    /// <summary>It is overdue by more.</summary>
    Late,

    /// <summary>It has no due time, just made or edited.</summary>
    Fresh,

    /// <summary>The database refused it, and it is to be tried again.</summary>
    Again,

    /// <summary>It was planned by a clock that was ahead.</summary>
    Ahead,
}
