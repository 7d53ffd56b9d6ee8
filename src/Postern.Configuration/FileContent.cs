namespace Postern.Configuration;

/// <summary>Reads a file whole; why it cannot be read is a sentence.</summary>
internal static class FileContent
{
    public static byte[]? Read(string path, int maxBytes, out string wrong)
    {
        wrong = "";
        try
        {
            if (Directory.Exists(path))
            {
                wrong = $"{Quoted.Escape(path)} is a directory, not a file";
                return null;
            }

            using FileStream file = File.OpenRead(path);
            if (file.CanSeek && file.Length > maxBytes)
            {
                wrong = $"{Quoted.Escape(path)} has {file.Length} bytes; more than {maxBytes} are not read";
                return null;
            }

            // Read to the limit and not to the length: pipes and files of /proc say 0.
            byte[] buffer = new byte[maxBytes + 1];
            int length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > maxBytes)
            {
                wrong = $"{Quoted.Escape(path)} has more than {maxBytes} bytes, which are not read";
                return null;
            }

            // It may be a key.
            byte[] content = buffer[..length];
            Array.Clear(buffer);
            return content;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            wrong = $"{Quoted.Escape(path)} does not exist";
        }
        catch (UnauthorizedAccessException)
        {
            wrong = $"{Quoted.Escape(path)} cannot be read by user {Quoted.Escape(Environment.UserName)}: permission denied";
        }
        catch (IOException failure)
        {
            wrong = $"{Quoted.Escape(path)} cannot be read: {Quoted.Escape(failure.Message)}";
        }

        return null;
    }
}
