namespace TaskRunner.Broker;

/// <summary>The server of the broker was reached and lacks what the program needs: nothing can be done but to change the server.</summary>
/// <param name="message">One sentence for each lack.</param>
public sealed class UnfitServerException(string message) : Exception(message);
