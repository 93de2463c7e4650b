using System.Reflection;
using ChartTests.Rendering;
using Xunit;
using Xunit.Sdk;

namespace ChartMutants;

/// <summary>The tests of the chart; those of the tools that they use are left out, no mutant of a template can touch them.</summary>
internal static class TestCatalog
{
    private static readonly string[] Tools = ["ChartTests.Rendering", "ChartTests.Mutation"];

    public static IReadOnlyList<TestCase> Read() =>
    [
        .. from type in typeof(Chart).Assembly.GetTypes()
           where type.IsClass && !Tools.Contains(type.Namespace)
           from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
           where method.IsDefined(typeof(FactAttribute))
           from arguments in Arguments(method)
           select new TestCase(method, arguments),
    ];

    private static IEnumerable<object?[]> Arguments(MethodInfo method) => method.IsDefined(typeof(TheoryAttribute))
        ? method.GetCustomAttributes<DataAttribute>().SelectMany(data => data.GetData(method)).Select(row => Fit(method, row))
        : [[]];

    /// <summary>The last arguments of a method with params are one array; arguments that are left out have their defaults.</summary>
    private static object?[] Fit(MethodInfo method, object?[] row)
    {
        var parameters = method.GetParameters();
        if (parameters.Length > 0 && parameters[^1].IsDefined(typeof(ParamArrayAttribute)) && !(row.Length == parameters.Length && row[^1] is Array))
        {
            var rest = row.Skip(parameters.Length - 1).ToArray();
            var array = Array.CreateInstance(parameters[^1].ParameterType.GetElementType()!, rest.Length);
            rest.CopyTo(array, 0);
            return [.. row.Take(parameters.Length - 1), array];
        }

        return [.. row, .. parameters.Skip(row.Length).Select(parameter => parameter.DefaultValue)];
    }
}
