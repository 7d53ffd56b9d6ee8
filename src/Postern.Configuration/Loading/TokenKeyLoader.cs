using Postern.Configuration.Settings;

namespace Postern.Configuration.Loading;

/// <summary>
/// What can be said about a key on a token without a word to the token: is there a module, is there a PIN. The rest is
/// the key agent's: no vendor's library is loaded into a process of root (docs/adr/0013-pkcs11.md).
/// </summary>
internal sealed class TokenKeyLoader(CertificateSettings certificate, PosternSettings settings, ProblemList problems)
{
    /// <summary>PINs of real tokens end at 255 bytes.</summary>
    private const int MaxPin = 256;

    private const string CredentialsDirectory = "CREDENTIALS_DIRECTORY";

    private readonly TokenUri _uri = certificate.Token!;
    private readonly string _key = $"certificate.{certificate.Name}.key";

    private Position At => settings.Source.Find(_key);

    /// <summary>Null when there is an error, which has been said.</summary>
    public TokenKey? Load()
    {
        string? module = FindModule();
        byte[]? pin = ReadPin();
        return module is null || pin is null ? null : new TokenKey
        {
            Uri = _uri,
            Module = module,
            Pin = pin,
            Place = new ConfigurationProblem(Severity.Error, settings.Source.File, At.Line, At.Column, _key, "").ToString().TrimEnd(' ', ':'),
        };
    }

    private string? FindModule()
    {
        const string ServerKey = "server.pkcs11-module";
        if ((_uri.ModulePath ?? settings.Server.TokenModule) is not { } module)
        {
            problems.Error(At, _key, "which PKCS #11 module? Set [server] pkcs11-module, or add ?module-path=/path/to/module.so");
            return null;
        }

        if (File.Exists(module))
            return module;

        (Position at, string key) = _uri.ModulePath is null ? (settings.Source.Find(ServerKey), ServerKey) : (At, _key);
        problems.Error(at, key, $"the PKCS #11 module {Quoted.Escape(module)} does not exist");
        return null;
    }

    /// <summary>Empty when none is named.</summary>
    private byte[]? ReadPin()
    {
        string? path = _uri.PinFile;
        if (_uri.PinCredential is { } credential)
        {
            if (Environment.GetEnvironmentVariable(CredentialsDirectory) is not { Length: > 0 } directory)
            {
                problems.Error(At, _key, $"the credential {credential} is not there: systemd gives it to a unit with LoadCredential={credential}:/path, and says where in {CredentialsDirectory}, which is not set");
                return null;
            }

            path = Path.Combine(directory, credential);
        }

        if (path is null)
            return [];

        if (FileContent.Read(path, MaxPin, out string wrong) is not { } content)
        {
            problems.Error(At, _key, "the PIN: " + wrong);
            return null;
        }

        // An editor ends a file with a line feed, which is no part of a PIN.
        byte[] pin = content.AsSpan().TrimEnd("\r\n"u8).ToArray();
        Array.Clear(content);
        if (pin.Length == 0)
        {
            problems.Error(At, _key, $"the PIN: {Quoted.Escape(path)} is empty");
            return null;
        }

        OpenToAll.Warn(path, At, _key, problems);
        return pin;
    }
}
