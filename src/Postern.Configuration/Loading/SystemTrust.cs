namespace Postern.Configuration.Loading;

/// <summary>The system's authorities, for gates that want them.</summary>
internal sealed class SystemTrust
{
    private byte[]? _pem;

    /// <summary>What was read; empty when nobody asked.</summary>
    public byte[] Pem => _pem ?? [];

    /// <summary>Reads them once. What is wrong is said at the gate that wants them.</summary>
    public void Load(string key, Position at, ProblemList problems)
    {
        if (_pem is not null)
            return;

        _pem = SystemAuthorities.Read(out string wrong);
        if (_pem is null)
            problems.Error(at, key, wrong);
        _pem ??= [];
    }
}
