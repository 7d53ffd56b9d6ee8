using Postern.Configuration.Settings;

namespace Postern.Configuration;

/// <summary>A private key on a token, with everything that is needed to use it. For the key agent alone.</summary>
public sealed record TokenKey
{
    public required TokenUri Uri { get; init; }

    /// <summary>Path of the PKCS #11 module.</summary>
    public required string Module { get; init; }

    /// <summary>Empty when the configuration names none. Never logged, never in an error.</summary>
    public required byte[] Pin { get; init; }

    /// <summary>Where the configuration names the key, as a problem begins.</summary>
    public required string Place { get; init; }
}
