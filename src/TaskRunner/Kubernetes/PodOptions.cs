namespace TaskRunner.Kubernetes;

/// <summary>The pod that this process runs in, and how to reach the API server.</summary>
/// <param name="Namespace">Namespace of the pod.</param>
/// <param name="Name">Name of the pod.</param>
/// <param name="Api">Address of the API server; https.</param>
/// <param name="Folder">Folder with <c>token</c> and <c>ca.crt</c>, as Kubernetes mounts it.</param>
internal sealed record PodOptions(string Namespace, string Name, Uri Api, string Folder);
