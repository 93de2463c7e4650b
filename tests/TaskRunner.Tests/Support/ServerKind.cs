namespace TaskRunner.Tests.Support;

/// <summary>Which program speaks the protocol.</summary>
public enum ServerKind
{
    Redis,
    Valkey,

    /// <summary>With Lua, and scripts that run as transactions.</summary>
    Garnet,

    /// <summary>With Lua whose scripts are not isolated from each other: the program refuses it.</summary>
    GarnetWithoutIsolation,

    /// <summary>As it starts without flags, without Lua: the program refuses it.</summary>
    GarnetWithoutLua,
}
