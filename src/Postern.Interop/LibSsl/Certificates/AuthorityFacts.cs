namespace Postern.Interop.LibSsl.Certificates;

/// <summary>One certificate of a file of authorities.</summary>
/// <param name="Name">The common name of its subject; empty where it has none. Text of whoever made it.</param>
/// <param name="NotBefore">Null where the date cannot be read.</param>
/// <param name="NotAfter">Null where the date cannot be read.</param>
public sealed record AuthorityFacts(string Name, DateTimeOffset? NotBefore, DateTimeOffset? NotAfter);
