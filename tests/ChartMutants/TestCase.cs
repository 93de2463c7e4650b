using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace ChartMutants;

/// <summary>One test with its arguments.</summary>
internal sealed record TestCase(MethodInfo Method, object?[] Arguments)
{
    public string Folder => Method.DeclaringType!.Namespace!.Split('.')[^1];

    public override string ToString() => $"{Method.DeclaringType!.Name}.{Method.Name}({string.Join(", ", Arguments)})";

    /// <summary>Runs it; null when it passes, else why it does not.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever a test throws is its verdict.")]
    public string? Run()
    {
        try
        {
            var test = Method.IsStatic ? null : Activator.CreateInstance(Method.DeclaringType!);
            (Method.Invoke(test, Arguments) as Task)?.GetAwaiter().GetResult();
            return null;
        }
        catch (TargetInvocationException e)
        {
            return e.InnerException!.Message;
        }
        catch (Exception e)
        {
            return e.Message;
        }
    }
}
