using Postern.Configuration.Settings;

namespace Postern.Configuration.Loading;

/// <summary>Reads the secret that machines share, from which session ticket keys are derived.</summary>
internal static class TicketSecretLoader
{
    /// <summary>As many as the keys that come of it have.</summary>
    private const int MinBytes = 32;
    private const int MaxBytes = 4096;

    private const string Key = "server.ticket-secret";

    /// <summary>Empty when none is named, or when there is an error, which is said.</summary>
    public static byte[] Load(PosternSettings settings, ProblemList problems)
    {
        if (settings.Server.TicketSecret is not { } path)
            return [];

        Position at = settings.Source.Find(Key);
        if (FileContent.Read(path, MaxBytes, out string wrong) is not { } secret)
        {
            problems.Error(at, Key, wrong);
            return [];
        }

        if (secret.Length < MinBytes)
        {
            string file = Quoted.Escape(path);
            problems.Error(at, Key, $"{file} has {secret.Length} bytes; a secret needs {MinBytes} or more: head -c 32 /dev/urandom > {file}");
            return [];
        }

        OpenToAll.Warn(path, at, Key, problems);
        return secret;
    }
}
