using Postern.Configuration.Settings;

namespace Postern.Configuration.Loading;

/// <summary>Reads the passphrase of a key from where systemd puts credentials (systemd.exec(5), CREDENTIALS_DIRECTORY).</summary>
internal static class PassphraseLoader
{
    private const string Directory = "CREDENTIALS_DIRECTORY";

    /// <summary>OpenSSL looks at no more (PEM_BUFSIZE, with the NUL at the end).</summary>
    private const int MaxBytes = 1023;

    /// <summary>Empty when none is configured; null when there is an error, which is said.</summary>
    public static byte[]? Load(CertificateSettings certificate, string key, Position at, ProblemList problems)
    {
        if (certificate.KeyPassphraseCredential is not { } name)
            return [];

        if (Environment.GetEnvironmentVariable(Directory) is not { Length: > 0 } folder)
        {
            problems.Error(at, key, $"there are no credentials, since {Directory} is not set: this was not started by systemd with LoadCredential={name}:FILE");
            return null;
        }

        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            problems.Error(at, key, $"there is no credential {Quoted.Word(name)} in {Quoted.Escape(folder)}: write LoadCredential={name}:FILE in the unit of posternd, and start it anew");
            return null;
        }

        if (FileContent.Read(path, MaxBytes + 2, out string wrong) is not { } content)
        {
            problems.Error(at, key, wrong);
            return null;
        }

        ReadOnlySpan<byte> passphrase = content;
        passphrase = passphrase.EndsWith("\r\n"u8) ? passphrase[..^2] : passphrase.EndsWith("\n"u8) ? passphrase[..^1] : passphrase;
        string? problem = passphrase switch
        {
            { IsEmpty: true } => "is empty",
            { Length: > MaxBytes } => $"has more than {MaxBytes} bytes, which OpenSSL does not take for a passphrase",
            _ when passphrase.Contains((byte)0) => "has a NUL in it, at which OpenSSL would take it to end",
            _ => null,
        };
        byte[]? result = problem is null ? passphrase.ToArray() : null;
        Array.Clear(content);
        if (problem is not null)
            problems.Error(at, key, $"the credential {Quoted.Word(name)} {problem}");
        return result;
    }
}
