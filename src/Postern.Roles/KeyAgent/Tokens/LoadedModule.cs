using Postern.Interop.Pkcs11;

namespace Postern.Roles.KeyAgent.Tokens;

/// <summary>A module with what all connections to its tokens share: to start it anew, nobody may be in it.</summary>
public sealed class LoadedModule(TokenModule module)
{
    /// <summary>A module that is started anew takes the logins of its other tokens with it: not more often than this.</summary>
    private const long RestartMilliseconds = 5_000;

    private long _restarted = -RestartMilliseconds;

    public TokenModule Module { get; } = module;

    /// <summary>Held while anything below changes, and while sessions come and go; not while a token signs.</summary>
    public object Gate { get; } = new();

    /// <summary>Sessions that some thread uses now.</summary>
    public int Lent { get; set; }

    /// <summary>Counts its starts: sessions belong to one of them.</summary>
    public int Starts { get; private set; } = 1;

    /// <summary>With the gate held and nothing lent.</summary>
    public void Restart()
    {
        if (Environment.TickCount64 - _restarted < RestartMilliseconds)
            return;

        _restarted = Environment.TickCount64;
        _ = Module.Restart();
        Starts++;
    }
}
