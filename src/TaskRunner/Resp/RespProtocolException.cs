namespace TaskRunner.Resp;

/// <summary>The bytes are not RESP, break a limit, or hold another type than the reader asked for.</summary>
public sealed class RespProtocolException(string message) : Exception(message);
