using System.Collections.Immutable;
using Postern.Interop.LibSsl.Certificates;

namespace Postern.Configuration.Loading;

/// <summary>Reads the authorities that certificates of others, clients or backends, are verified against.</summary>
internal static class AuthorityLoader
{
    private const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>A bundle from long ago can have a hundred that have expired.</summary>
    private const int MaxShown = 3;

    public static byte[]? Load(string path, string key, SourceMap source, ProblemList problems, DateTimeOffset now)
    {
        Position at = source.Find(key);
        if (FileContent.Read(path, MaxBytes, out string wrong) is not { } pem)
        {
            problems.Error(at, key, wrong);
            return null;
        }

        ImmutableArray<AuthorityFacts> authorities = CertificateInspector.ReadAuthorities(pem, out PemProblem problem);
        if (problem != PemProblem.None)
        {
            problems.Error(at, key, CertificateLoader.Say(path, problem));
            return null;
        }

        Warn(authorities, path, at, key, problems, now);
        return pem;
    }

    /// <summary>It is an anchor for nobody: OpenSSL holds it to its dates too.</summary>
    private static void Warn(ImmutableArray<AuthorityFacts> authorities, string path, Position at, string key, ProblemList problems, DateTimeOffset now)
    {
        string[] found = [.. authorities.Select((authority, index) => Wrong(authority, index + 1, now)).OfType<string>()];
        if (found.Length == 0)
            return;

        string more = found.Length > MaxShown ? $", and {found.Length - MaxShown} more" : "";
        string all = found.Length == authorities.Length ? "; nobody is trusted then" : "";
        problems.Warning(at, key, $"{Quoted.Escape(path)}: {string.Join(", ", found.Take(MaxShown))}{more}: whom it signed is refused{all}");
    }

    private static string? Wrong(AuthorityFacts authority, int number, DateTimeOffset now)
    {
        string who = authority.Name.Length > 0 ? $"certificate {number} ({Quoted.Word(authority.Name)})" : $"certificate {number}";
        if (authority.NotAfter < now)
            return $"{who} expired on {DateText.Write(authority.NotAfter.Value)}";
        return authority.NotBefore > now ? $"{who} is not valid before {DateText.Write(authority.NotBefore.Value)}" : null;
    }
}
