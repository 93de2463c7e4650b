using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>
/// What is said on a new connection before the first command: protocol, login, name, database.
/// It does no input or output: the connection, asynchronous or not, sends each step and puts the answer into <see cref="Reply"/>.
/// </summary>
internal sealed class RedisHandshake(RedisOptions options, string connectionName)
{
    private const string DefaultUser = "default";

    private readonly string _name = string.Concat(connectionName.Select(c => c is > ' ' and < '\x7f' ? c : '-'));

    private string? _password;

    /// <summary>Answer to the step that was last taken from <see cref="Steps"/>.</summary>
    public RespValue Reply { get; set; }

    /// <summary>Known when the steps are over, unless the server keeps it to itself.</summary>
    public RedisServerInfo? Server { get; private set; }

    /// <exception cref="RedisServerException">The server refused the login or the database; thrown while enumerating.</exception>
    /// <exception cref="RedisUnavailableException">The server cannot serve now, or the password cannot be read; thrown while enumerating.</exception>
    public IEnumerable<RedisCommand> Steps()
    {
        var password = _password = ReadPassword();
        var greeted = false;
        if (options.Protocol != 2)
        {
            yield return Hello(password);
            greeted = !LacksHello();
        }

        if (greeted)
        {
            Check();
            Server = RedisServerInfo.FromHello(Reply);
            CheckRole();
        }
        else
        {
            foreach (var step in OldSteps(password))
            {
                yield return step;
            }
        }

        if (options.Database != 0)
        {
            yield return RedisCommand.Create("SELECT", options.Database);
            Check();
        }

        // A server that is loading its data greets all the same; this is where it says so.
        yield return RedisCommand.Create("PING");
        CheckRefusal();
    }

    private IEnumerable<RedisCommand> OldSteps(string? password)
    {
        if (password is not null)
        {
            yield return options.Username is null
                ? RedisCommand.Create("AUTH", password)
                : RedisCommand.Create("AUTH", options.Username, password);
            Check();
        }

        // A name is a convenience for the operator; a server without the command, or a user without the right, is served all the same.
        yield return RedisCommand.Create("CLIENT", "SETNAME", _name);
        CheckRefusal();

        yield return RedisCommand.Create("INFO", "server");
        CheckRefusal();
        if (Reply is { IsError: false, IsNull: false })
        {
            Server = RedisServerInfo.FromInfo(Reply.AsString());
        }
    }

    private RedisCommand Hello(string? password) => password is null
        ? RedisCommand.Create("HELLO", 3, "SETNAME", _name)
        : RedisCommand.Create("HELLO", 3, "AUTH", options.Username ?? DefaultUser, password, "SETNAME", _name);

    // With protocol 3 asked for by name, its absence is the user's to know.
    private bool LacksHello() =>
        Reply.IsError
        && options.Protocol == 0
        && (Reply.ErrorCode == "NOPROTO" || Reply.ErrorMessage.Contains("unknown command", StringComparison.OrdinalIgnoreCase));

    private string? ReadPassword()
    {
        try
        {
            return options.Password?.Invoke();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RedisUnavailableException($"The password for redis at {options.Endpoint} cannot be read: {e.Message}", mayHaveExecuted: false, e);
        }
    }

    private void Check()
    {
        if (!Reply.IsError)
        {
            return;
        }

        var code = Reply.ErrorCode;
        var user = options.ShownUser;
        throw code switch
        {
            "WRONGPASS" => new RedisServerException(code, $"Redis at {options.Endpoint} refused the password of the user {user}"),
            "NOAUTH" when options.Password is null => new RedisServerException(code, $"Redis at {options.Endpoint} wants a password and none is configured"),
            _ when RedisReplies.Refusal(options, [Reply]) is not null =>
                new RedisUnavailableException($"Redis at {options.Endpoint} cannot serve: {WithoutSecret(Reply)}", mayHaveExecuted: false),
            _ => (Exception)new RedisServerException(code, $"Redis at {options.Endpoint} refused the connection of the user {user}: {WithoutSecret(Reply)}"),
        };
    }

    // Servers and proxies that do not know a command repeat its arguments, among them the password.
    private string WithoutSecret(RespValue reply)
    {
        var text = reply.ErrorMessage;
        var arguments = text.IndexOf("with args", StringComparison.OrdinalIgnoreCase);
        var shown = arguments < 0 ? text : text[..arguments].TrimEnd(' ', ',');
        return SecretFragment.IsIn(shown, _password) ? reply.ErrorCode : shown;
    }

    private void CheckRole()
    {
        if (Reply.Find("role") is { IsNull: false } role && role.AsString() is "replica" or "slave")
        {
            throw new RedisUnavailableException($"Redis at {options.Endpoint} is a {role.AsString()}, which takes no writes", mayHaveExecuted: false);
        }
    }

    private void CheckRefusal()
    {
        if (Reply.IsError && (Reply.ErrorCode == "NOAUTH" || RedisReplies.Refusal(options, [Reply]) is not null))
        {
            Check();
        }
    }
}
