namespace Postern.Roles.Sandbox;

/// <summary>What a sandbox is made of, by the names that notices use.</summary>
public static class Layers
{
    public const string Namespaces = "namespaces";
    public const string Landlock = "Landlock";
    public const string Seccomp = "a system call filter";
    public const string EmptyRoot = "an empty root";
    public const string Capabilities = "an empty bounding set";
    public const string Limits = "limits";
    public const string Descriptors = "closing inherited descriptors";

    /// <summary>What a room has more than its nursery; no layer that can be missing alone, but one that a test takes out.</summary>
    public const string RoomFilter = "a room's filter";

#if POSTERN_PROBE
    /// <summary>In the build that tests sandboxes, a layer can be taken out as if the kernel had none.</summary>
    public static bool Lacks(string layer) =>
        (Environment.GetEnvironmentVariable("POSTERN_LACKS") ?? "").Split(',').Contains(layer, StringComparer.Ordinal);
#else
    /// <summary>Nothing is lacking but what the kernel refuses; another build tests that (docs/sandbox.md).</summary>
    public static bool Lacks(string layer) => layer.Length == 0;
#endif
}
