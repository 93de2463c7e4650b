using System.Text.Json.Serialization.Metadata;

namespace TaskRunner;

/// <summary>
/// Says which members a request must have: each parameter of its constructor without a default value whose type does not allow null. Other members are required
/// where the type says so itself, by <c>required</c> or an attribute.
/// </summary>
internal static class StrictArguments
{
    /// <summary>Marks the members of a type. No reflection: what it looks at is in generated code, too.</summary>
    public static void Require(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false } parameter && !IsNullable(parameter))
            {
                property.IsRequired = true;
            }
        }
    }

    private static bool IsNullable(JsonParameterInfo parameter) =>
        parameter.ParameterType.IsValueType ? Nullable.GetUnderlyingType(parameter.ParameterType) is not null : parameter.IsNullable;
}
